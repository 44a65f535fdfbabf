/**
 * The stub for arm64: a loop that reads the program's 64-byte instructions (src/stub/instruction.ts) and does the
 * system calls they name. It uses no stack, no heap and no libc, so it may run in a process that shares its memory.
 * After an edit of the instructions, `bun scripts/listing.ts` fills in the bytes.
 */
export const listing = `
start:
  e1 03 00 91               mov x1, sp                      ; an image starts here: argc, argv and environment lie at the stack pointer
  00 00 a2 d2               mov x0, #0x10000000             ; and the program at its fixed address
run:
  13 00 40 f9               ldr x19, [x0]                   ; libc's clone starts here with the program's address; x19: the slots
  61 06 00 f9               str x1, [x19, #8]               ; slot 1: the stack pointer of an image
  f5 03 00 aa               mov x21, x0                     ; x21: the program; its header stands where instruction 0 would
  f4 03 00 aa               mov x20, x0                     ; x20: the instruction being run
next:
  94 02 01 91               add x20, x20, #0x40
fetch:
  96 06 40 39               ldrb w22, [x20, #1]             ; which arguments name a slot
  80 06 41 a9               ldp x0, x1, [x20, #16]          ; the six arguments, straight into the registers a system call wants
  82 0e 42 a9               ldp x2, x3, [x20, #32]
  84 16 43 a9               ldp x4, x5, [x20, #48]
  56 00 00 36               tbz w22, #0, arg1
  60 7a 60 f8               ldr x0, [x19, x0, lsl #3]
arg1:
  56 00 08 36               tbz w22, #1, arg2
  61 7a 61 f8               ldr x1, [x19, x1, lsl #3]
arg2:
  56 00 10 36               tbz w22, #2, arg3
  62 7a 62 f8               ldr x2, [x19, x2, lsl #3]
arg3:
  56 00 18 36               tbz w22, #3, arg4
  63 7a 63 f8               ldr x3, [x19, x3, lsl #3]
arg4:
  56 00 20 36               tbz w22, #4, arg5
  64 7a 64 f8               ldr x4, [x19, x4, lsl #3]
arg5:
  56 00 28 36               tbz w22, #5, op
  65 7a 65 f8               ldr x5, [x19, x5, lsl #3]
op:
  89 02 40 39               ldrb w9, [x20]                  ; the operation
  e9 01 00 35               cbnz w9, other
  88 0a 40 b9               ldr w8, [x20, #8]               ; 0, syscall: the kernel changes x0 only
  01 00 00 d4               svc #0x0
  89 06 40 79               ldrh w9, [x20, #2]
  60 7a 29 f8               str x0, [x19, x9, lsl #3]
  1f fc 3f b1               cmn x0, #0xfff                  ; -4095 to -1 are errors
  03 fd ff 54               b.cc next
  e0 03 00 cb               neg x0, x0
  60 0e 00 f9               str x0, [x19, #24]              ; slot 3: the error number
  89 0e 40 b9               ldr w9, [x20, #12]
  69 0a 00 f9               str x9, [x19, #16]              ; slot 2: which call of the plan it was
jump:
  89 06 40 b9               ldr w9, [x20, #4]               ; where to go on; 0: the next instruction
  49 fc ff 34               cbz w9, next
  b4 1a 09 8b               add x20, x21, x9, lsl #6
  e1 ff ff 17               b fetch
other:
  3f 05 00 71               cmp w9, #0x1                    ; 1, add
  61 00 00 54               b.ne op_sub
  00 00 01 8b               add x0, x0, x1
  18 00 00 14               b store
op_sub:
  3f 09 00 71               cmp w9, #0x2                    ; 2, subtract
  61 00 00 54               b.ne op_and
  00 00 01 cb               sub x0, x0, x1
  14 00 00 14               b store
op_and:
  3f 0d 00 71               cmp w9, #0x3                    ; 3, and
  61 00 00 54               b.ne op_or
  00 00 01 8a               and x0, x0, x1
  10 00 00 14               b store
op_or:
  3f 11 00 71               cmp w9, #0x4                    ; 4, or
  61 00 00 54               b.ne op_shl
  00 00 01 aa               orr x0, x0, x1
  0c 00 00 14               b store
op_shl:
  3f 15 00 71               cmp w9, #0x5                    ; 5, shift left
  61 00 00 54               b.ne op_shr
  00 20 c1 9a               lsl x0, x0, x1
  08 00 00 14               b store
op_shr:
  3f 19 00 71               cmp w9, #0x6                    ; 6, shift right
  61 00 00 54               b.ne op_load
  00 24 c1 9a               lsr x0, x0, x1
  04 00 00 14               b store
op_load:
  3f 1d 00 71               cmp w9, #0x7                    ; 7, load 64 bits
  a1 00 00 54               b.ne op_jeq
  00 68 61 f8               ldr x0, [x0, x1]
store:
  89 06 40 79               ldrh w9, [x20, #2]
  60 7a 29 f8               str x0, [x19, x9, lsl #3]
  c2 ff ff 17               b next
op_jeq:
  3f 21 00 71               cmp w9, #0x8                    ; 8, jump if equal
  81 00 00 54               b.ne op_jb
  1f 00 01 eb               cmp x0, x1
  60 fb ff 54               b.eq jump
  bd ff ff 17               b next
op_jb:
  3f 25 00 71               cmp w9, #0x9                    ; 9, jump if below, both taken as unsigned
  81 00 00 54               b.ne op_store
  1f 00 01 eb               cmp x0, x1
  c3 fa ff 54               b.cc jump
  b8 ff ff 17               b next
op_store:
  02 68 21 f8               str x2, [x0, x1]                ; 10, store 64 bits
  b6 ff ff 17               b next
`;
